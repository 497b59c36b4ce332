"""What one image or one table tells: tissue and ventricle volumes, head size, reconstruction, fidelity."""
