"""What is found about Redis. Pure."""
