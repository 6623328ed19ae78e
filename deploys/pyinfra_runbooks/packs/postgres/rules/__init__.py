"""What is found about PostgreSQL. Pure."""
