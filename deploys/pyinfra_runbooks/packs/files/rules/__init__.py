"""What is found about files. Pure."""
