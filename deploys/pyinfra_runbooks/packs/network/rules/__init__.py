"""What is found about networks. Pure."""
