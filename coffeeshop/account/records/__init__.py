"""Read and write an account's authorization details, and decide denied requests again."""
