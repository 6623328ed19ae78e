"""What is found about clients. Pure."""
