"""What the steps do in NumPy on the CPU, in torch for images on another device."""
