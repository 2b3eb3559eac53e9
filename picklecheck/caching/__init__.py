"""Results are kept from one run to the next, each with all that it rests on."""
