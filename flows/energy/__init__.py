"""Energy and delay after Datta et al. (2022, "ACE-SNN"), equations 22 to 27, from counts."""
