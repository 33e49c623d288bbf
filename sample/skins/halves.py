"""Fruits cut in two: the cut lies on top, the peel is below."""

from __future__ import annotations

import numpy as np

from sample.fields import Field, even, mix, ramp, rgb
from sample.fruit import Skin
from sample.sphere import Sphere

KIWI_CUT = 0.42
GRAPEFRUIT_CUT = 0.36

Generator = np.random.Generator


def kiwi(globe: Sphere, rng: Generator) -> Skin:
    """White core, a halo of black seeds, green rays; brown felt around it."""
    across, on_cut = _cut(globe, KIWI_CUT)
    wobble = 0.03 * globe.streaks(rng, 3, 0.01)
    rays = globe.streaks(rng, 12, 0.01, 2)
    flesh = mix(even("#a3c14a"), rgb("#6f9a22"), ramp(0.30, 0.85, across + 0.12 * rays))
    flesh = mix(flesh, rgb("#d6e08c"), 0.65 * ramp(0.0, 0.8, rays) * ramp(0.9, 0.4, across))
    flesh = mix(flesh, rgb("#f1ecc6"), ramp(0.27, 0.20, across + wobble + 0.02 * rays))
    seeds = _seeds(globe, across, rng)
    flesh = mix(flesh, rgb("#17120c"), seeds)
    flesh = mix(flesh, rgb("#c9cf86"), 0.6 * ramp(0.94, 0.99, across))
    felt = globe.noise(rng, 26) + 0.6 * globe.noise(rng, 9, 2)
    peel = mix(even("#6b4a24"), rgb("#a07c46"), ramp(-0.5, 0.8, felt))
    relief = np.where(on_cut > 0.5, 0.008 * seeds + 0.003 * rays, 0.012 * felt)
    return Skin(mix(peel, flesh, on_cut), relief, (0.45 + 0.3 * seeds) * on_cut)


def grapefruit(globe: Sphere, rng: Generator) -> Skin:
    """Segments of drawn-out juice sacs between pale walls, a white pith, a yellow peel."""
    across, on_cut = _cut(globe, GRAPEFRUIT_CUT)
    count = int(rng.integers(10, 13))
    turn = globe.azimuth + 0.05 * globe.streaks(rng, 3, 0.01)
    wall = np.abs(np.sin(turn * np.float32(count / 2))) * across * np.float32(2 / count)
    sacs = globe.streaks(rng, 15, 0.5, 2) + 0.5 * globe.noise(rng, 15)
    flesh = mix(even("#d8452f"), rgb("#f08a5e"), ramp(-0.5, 0.8, sacs))
    flesh = mix(flesh, rgb("#b02a24"), 0.5 * ramp(0.1, 0.9, -sacs))
    pith = np.maximum(ramp(0.022, 0.008, wall), ramp(0.13, 0.09, across))
    pith = np.maximum(pith, ramp(0.86, 0.89, across))
    flesh = mix(flesh, rgb("#f6dcb4"), pith)
    flesh = mix(flesh, rgb("#eab13c"), ramp(0.955, 0.975, across))
    pores = globe.noise(rng, 22)
    peel = mix(even("#eeb23a"), rgb("#e58e34"), ramp(-0.4, 0.7, globe.noise(rng, 2, 2)))
    relief = np.where(on_cut > 0.5, 0.010 * sacs * (1 - pith), 0.007 * pores)
    return Skin(mix(peel, flesh, on_cut), relief, 0.35 + 0.35 * on_cut * (1 - pith))


def _cut(globe: Sphere, height: float) -> tuple[Field, Field]:
    """Distance from the cut's centre (1 at its rim) and 1 on the cut, 0 on the peel."""
    rim = np.float32(np.sqrt(1 - height * height) / height)
    across = np.tan(np.minimum(globe.polar, np.float32(1.5))) / rim
    return np.where(globe.y > 0, across, 9).astype(np.float32), ramp(1.01, 0.985, across) * (
        globe.y > 0
    )


def _seeds(globe: Sphere, across: Field, rng: Generator) -> Field:
    """Seeds in a loose ring, pointing inwards."""
    seeds = np.zeros_like(across)
    for azimuth in np.arange(34) * (2 * np.pi / 34) + rng.uniform(-0.05, 0.05, 34):
        aside = np.sin(globe.azimuth - np.float32(azimuth)) * across
        ahead = np.cos(globe.azimuth - np.float32(azimuth)) * across - rng.uniform(0.36, 0.52)
        seeds = np.maximum(seeds, ramp(1.0, 0.6, np.hypot(aside / 0.027, ahead / 0.06)))
    return seeds
