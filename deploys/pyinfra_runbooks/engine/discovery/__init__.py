"""What the engine's containers say of themselves, and who is who among them; no value leaves."""
