"""Structure volumes of any edited image, measured by instruments that share nothing with the edit."""
