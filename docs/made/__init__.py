"""The pages and the picture that are made from the code: `make generated`. Tests compare them."""
