"""Second factors: which there are, who has which (`second_factors`), and what showing one proves (`shown`)."""
