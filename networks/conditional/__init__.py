"""Latents of people of an age, a sex, a head size: drawn in closed form, and by what is learned beside it."""
