#!/usr/bin/env python3
"""How precision.py ends, with trainings that are made up."""
import contextlib
import io
import pathlib
import unittest
from unittest import mock

import precision


def run(apart):
    """Status and text where bfloat16 is less accurate by these, seed by seed."""
    asked = []

    def train(program, project, seed, settings, threads):
        asked.append((seed, settings["training.precision"]))
        low = settings["training.precision"] == "bfloat16"
        return {"accuracy": 0.9 + 0.001 * seed - (apart[seed - 1] if low else 0)}

    text = io.StringIO()
    with mock.patch.object(precision.trainings, "train", train), contextlib.redirect_stdout(text), \
            mock.patch.object(precision.trainings, "FASHION", pathlib.Path("/")):
        status = precision.main(["dlwork"])
    return status, text.getvalue(), asked


class Precision(unittest.TestCase):
    def test_means_may_be_three_thousandths_apart(self):
        status, text, asked = run([0.005, 0.001, 0.003, 0.004, 0.002])
        self.assertEqual(status, 0, text)
        self.assertIn("float32  mean 0.9030, lowest 0.9010, highest 0.9050", text)
        self.assertIn("PASS: 0.0030 apart over 5 seeds", text)
        self.assertEqual(asked, [(seed, name) for seed in range(1, 6) for name in ("float32", "bfloat16")])

    def test_more_is_too_much_in_either_direction(self):
        self.assertEqual(run([0.005, 0.001, 0.003, 0.004, 0.003])[0], 1)
        self.assertEqual(run([-0.004] * 5)[0], 1)

    def test_without_data_nothing_is_said(self):
        with mock.patch.object(precision.trainings, "FASHION", pathlib.Path("/nowhere")), \
                contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(precision.main(["dlwork"]), 77)


if __name__ == "__main__":
    unittest.main()
