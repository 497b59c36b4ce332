"""The search for a bundle's settings: what is varied, and trials in grouped folds. Needs the extra ``tune``."""
