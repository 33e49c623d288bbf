"""Skins with relief: pores, drupelets, scales, nets and seeds."""

from __future__ import annotations

import numpy as np

from sample.fields import even, mix, ramp, rgb
from sample.fruit import Skin
from sample.sphere import Sphere, scattered, spiral

Generator = np.random.Generator


def orange(globe: Sphere, rng: Generator) -> Skin:
    """Pores in a shining peel, the green star of the stem."""
    pores = globe.dots(spiral(620, rng, 0.9), rng.uniform(0.04, 0.075, 620))
    colour = mix(even("#f5900f"), rgb("#e46f08"), ramp(-0.5, 0.6, globe.noise(rng, 1.5, 2)))
    colour = mix(colour, rgb("#b06a10"), 0.3 * ramp(0.2, 1.0, pores))
    star = ramp(0.975, 0.99, globe.y + 0.006 * np.cos(5 * globe.azimuth))
    colour = mix(colour, rgb("#6b7a34"), 0.9 * star)
    return Skin(colour, -0.012 * pores - 0.02 * star, 0.5 - 0.4 * star)


def lime(globe: Sphere, rng: Generator) -> Skin:
    """Finer, denser oil glands than an orange's; yellow where it lay, scars of branches."""
    glands = globe.noise(rng, 17) + 0.5 * globe.noise(rng, 30)
    colour = mix(even("#6c9430"), rgb("#456e22"), ramp(-0.4, 0.7, globe.noise(rng, 2, 3)))
    colour = mix(
        colour, rgb("#bfc34e"), 0.8 * ramp(0.25, 1.0, globe.z + 0.4 * globe.noise(rng, 2, 3))
    )
    colour = mix(colour, rgb("#2a5414"), 0.5 * ramp(0.1, 1.0, -glands))
    scars = ramp(0.50, 0.75, globe.noise(rng, 4, 4))
    colour = mix(colour, rgb("#a3935a"), 0.7 * scars)
    return Skin(colour, 0.011 * glands, 0.55 - 0.45 * scars)


def strawberry(globe: Sphere, rng: Generator) -> Skin:
    """Golden seeds in rows of little pits, pale shoulders under the leaves."""
    cells = globe.cells(spiral(170, rng, 0.35))
    seed = ramp(1.0, 0.55, np.hypot(cells.east / 0.030, cells.south / 0.052))
    pit = np.exp(-((cells.first / 0.065) ** 2))
    shade = globe.noise(rng, 1.5, 3)
    colour = mix(even("#c3121d"), rgb("#e0322a"), ramp(-0.4, 0.7, shade))
    colour = mix(colour, rgb("#f0b48a"), 0.8 * ramp(0.72, 1.0, globe.y + 0.12 * shade))
    colour = mix(colour, rgb("#7d0a14"), 0.55 * pit * (1 - seed))
    colour = mix(colour, rgb("#e8c15a"), seed)
    return Skin(colour, 0.022 * seed - 0.045 * pit, 0.75 - 0.45 * seed)


def raspberry(globe: Sphere, rng: Generator) -> Skin:
    """Drupelets: juicy domes with shadows between them, each with its hair."""
    cells = globe.cells(spiral(105, rng, 0.5))
    dome = np.sqrt(np.clip(1 - (cells.first / 0.24) ** 2, 0, 1))
    tone = rng.uniform(-1, 1, 105).astype(np.float32)[cells.owner]
    colour = mix(even("#c01f45"), rgb("#d9466a"), ramp(-1, 1, tone + 0.3 * globe.noise(rng, 4)))
    colour = mix(colour, rgb("#64081f"), 0.85 * ramp(0.075, 0.0, cells.border))
    hair = globe.dots(spiral(105, rng, 0.5), np.full(105, 0.03))
    colour = mix(colour, rgb("#d9a878"), 0.55 * hair)
    return Skin(colour, 0.16 * dome - 0.08, 0.35 + 0.4 * ramp(0.03, 0.12, cells.border))


def lychee(globe: Sphere, rng: Generator) -> Skin:
    """Tiles with a point each, rosy red weathering to brown."""
    cells = globe.cells(spiral(190, rng, 0.8), 0.02 * globe.noise(rng, 6))
    point = ramp(0.0, 0.14, cells.border) * np.clip(1 - cells.first / 0.17, 0, 1)
    weather = globe.noise(rng, 2, 3)
    colour = mix(even("#a83340"), rgb("#c9574f"), ramp(-0.5, 0.5, weather))
    colour = mix(
        colour, rgb("#8a6238"), 0.7 * ramp(0.1, 0.9, globe.noise(rng, 1.6, 3) + 0.3 * globe.y)
    )
    colour = mix(colour, rgb("#5d1a24"), 0.75 * ramp(0.05, 0.0, cells.border))
    colour = mix(colour, rgb("#e39a7c"), 0.55 * ramp(0.5, 0.95, point))
    return Skin(colour, 0.11 * point, 0.22)


def pineapple(globe: Sphere, rng: Generator) -> Skin:
    """Eyes on crossing spirals, each a swollen diamond with a dry bract in its middle."""
    level, around = globe.polar * (4 / np.pi), globe.azimuth * (4 / np.pi)
    u, v = (around + level) % 1 - 0.5, (around - level) % 1 - 0.5
    rim = np.maximum(np.abs(u), np.abs(v))
    swelling = ramp(0.5, 0.15, rim)
    bract = ramp(0.24, 0.08, np.hypot((u + v) * 0.8, (u - v) * 1.3) + 0.04 * globe.noise(rng, 14))
    ripe = globe.noise(rng, 2, 3) - 0.7 * globe.y
    colour = mix(even("#7d7a2a"), rgb("#d8952a"), ramp(-0.9, 0.4, ripe))
    colour = mix(colour, rgb("#e9b94a"), 0.6 * swelling * ramp(-0.6, 0.8, globe.noise(rng, 9, 2)))
    colour = mix(colour, rgb("#4a3a16"), 0.9 * ramp(0.40, 0.5, rim))
    colour = mix(colour, rgb("#8a5a2a"), 0.85 * bract)
    colour = mix(colour, rgb("#d8c08a"), 0.7 * ramp(0.6, 1.0, bract))
    return Skin(colour, 0.075 * swelling + 0.03 * bract, 0.25 - 0.2 * bract)


def watermelon(globe: Sphere, rng: Generator) -> Skin:
    """Dark torn stripes from pole to pole over a pale, veined green."""
    sway = 0.20 * globe.noise(rng, 2.2, 2) + 0.22 * globe.noise(rng, 6, 3)
    wave = np.cos(9 * (globe.azimuth + sway / np.maximum(np.sin(globe.polar), 0.3) * 0.8))
    veins = np.abs(globe.noise(rng, 9, 3))
    colour = mix(even("#a9bd6a"), rgb("#7f9f48"), ramp(0.0, 0.4, veins))
    stripe = ramp(-0.05, 0.35, wave + 0.35 * globe.noise(rng, 8, 2))
    colour = mix(colour, rgb("#2c5a26"), 0.92 * stripe)
    colour = mix(colour, rgb("#173d1c"), 0.6 * stripe * ramp(0.05, 0.35, veins))
    belly = ramp(0.7, 1.0, globe.z + 0.15 * globe.noise(rng, 3, 2))
    colour = mix(colour, rgb("#dcc878"), 0.75 * belly)
    return Skin(colour, 0.004 * globe.noise(rng, 5), 0.42)


def cantaloupe(globe: Sphere, rng: Generator) -> Skin:
    """A corky net over grey-green flesh, in ribs with smooth furrows."""
    bend = 0.05 * globe.noise(rng, 5, 2)
    wide = globe.cells(scattered(150, rng), bend).border
    fine = globe.cells(scattered(330, rng), bend).border
    furrow = ramp(-0.70, -0.95, np.cos(10 * globe.azimuth)) * np.sin(globe.polar)
    net = np.maximum(ramp(0.055, 0.01, wide), 0.8 * ramp(0.035, 0.005, fine)) * (1 - 0.85 * furrow)
    colour = mix(even("#b89a58"), rgb("#8f9a5a"), ramp(-0.5, 0.5, globe.noise(rng, 2, 3)))
    colour = mix(colour, rgb("#5f7a48"), 0.85 * furrow)
    colour = mix(colour, rgb("#e3d3a4"), 0.9 * net)
    return Skin(colour, 0.024 * net - 0.03 * furrow, 0.10)


def pomegranate(globe: Sphere, rng: Generator) -> Skin:
    """Leather, red over yellow, with specks, scuffs and blunt facets."""
    sun = globe.noise(rng, 1.5, 3) + 0.4 * globe.x
    colour = mix(even("#d8a04a"), rgb("#c0392f"), ramp(-0.9, 0.1, sun))
    colour = mix(colour, rgb("#8f1426"), 0.85 * ramp(0.0, 0.9, sun))
    specks = globe.dots(scattered(420, rng), rng.uniform(0.012, 0.035, 420))
    colour = mix(colour, rgb("#e8c088"), 0.6 * ramp(0.1, 0.8, specks))
    scuffs = ramp(0.42, 0.75, globe.noise(rng, 3.5, 4) - 0.15)
    colour = mix(colour, rgb("#8a5a34"), 0.8 * scuffs)
    return Skin(colour, 0.008 * globe.noise(rng, 6, 3), 0.5 - 0.42 * scuffs)


def dragon_fruit(globe: Sphere, rng: Generator) -> Skin:
    """Magenta, darker between the scales that grow on it."""
    shade = globe.noise(rng, 2, 3)
    colour = mix(even("#c2185f"), rgb("#e04a86"), ramp(-0.5, 0.6, shade))
    colour = mix(colour, rgb("#8a1048"), 0.5 * ramp(0.1, 0.7, globe.streaks(rng, 10, 3, 2)))
    colour = mix(colour, rgb("#e9a04a"), 0.35 * ramp(0.4, 0.9, globe.noise(rng, 3, 3)))
    return Skin(colour, 0.02 * globe.noise(rng, 4, 2), 0.35)
