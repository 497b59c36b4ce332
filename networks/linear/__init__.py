"""Linear algebra: principal components, ridge regression, and small matrices by sums and products."""
