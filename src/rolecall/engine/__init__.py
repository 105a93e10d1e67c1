"""Which steps turn what is into what is wanted, in which order, and doing them through a provider it is given."""
