"""What the screen *Evaluasi* shows, plot by plot; every figure comes of `measure`'s own."""
