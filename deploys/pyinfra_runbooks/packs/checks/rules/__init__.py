"""What is found about health. Pure."""
