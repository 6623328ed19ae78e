"""Networks: whether they are there, and each service on its own, under all its names."""
