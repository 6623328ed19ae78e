"""What should be, against what is: each module turns one look into findings. Pure."""
