"""What leaders look at: figures of an area, and the lists behind them."""
