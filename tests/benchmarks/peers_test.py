#!/usr/bin/env python3
"""How peers.py ends, with steps that are made up."""
import contextlib
import io
import unittest
from unittest import mock

import peers


def run(case, installed, their_us=1000, our_us=100, flags="fma", own=None, wrong=None):
    """Status and text of one case on one thread where these packages are there."""
    step = {"us_per_step": our_us, "cpu_us": our_us, "path": "planned", "data": 10, "data_share": 0.001, **(own or {})}
    ask = mock.Mock(side_effect=RuntimeError(wrong)) if wrong else mock.Mock(return_value=their_us)
    text = io.StringIO()
    with mock.patch.object(peers, "dlwork_step", return_value=step), mock.patch.object(peers, "peer_step", ask), \
            mock.patch.object(peers.importlib.util, "find_spec", lambda name: name if name in installed else None), \
            mock.patch.object(peers, "processor", lambda key: flags), contextlib.redirect_stdout(text):
        status = peers.main(["--case", *case.split(), "--threads", "1", "--pairs", "3"])
    return status, text.getvalue()


class Peers(unittest.TestCase):
    def test_a_ratio_at_its_limit_passes_and_one_below_fails(self):
        status, text = run("gru", {"torch"}, their_us=300)
        self.assertEqual(status, 0, text)
        self.assertIn("PASS: 2 comparisons", text)
        status, text = run("gru", {"torch"}, their_us=299)
        self.assertEqual(status, 1, text)
        self.assertIn("below 3", text)

    def test_a_peer_that_fails_is_no_pass(self):
        status, text = run("gru", {"torch"}, wrong="no memory")
        self.assertEqual(status, 1)
        self.assertIn("could not run: no memory", text)

    def test_a_required_peer_that_is_missing_is_no_pass(self):
        status, text = run("gru", set())
        self.assertEqual(status, 77)
        self.assertIn("gru          1  eager        not installed, but required", text)
        self.assertIn("INCOMPLETE: 1 comparisons lack a required peer, 0 were made", text)
        # mlp-small needs lightning and scikit-learn too; keras and fastai are not named.
        status, text = run("mlp-small", {"torch", "sklearn"}, their_us=2000)
        self.assertEqual(status, 77)
        self.assertIn("INCOMPLETE: 1 comparisons lack a required peer, 4 were made", text)
        self.assertEqual(run("mlp-small", {"torch", "sklearn", "lightning"}, their_us=2000)[0], 0)

    def test_a_failure_weighs_more_than_a_missing_peer(self):
        self.assertEqual(run("mlp-small", {"torch"}, their_us=500)[0], 1)

    def test_feeding_has_a_limit_of_its_own(self):
        status, text = run("feed", set(), own={"data": 30})
        self.assertEqual(status, 0, text)
        status, text = run("feed", set(), own={"data": 30.1})
        self.assertEqual(status, 1)
        self.assertIn("data above 30", text)

    def test_a_network_of_pictures_hardly_waits_for_data(self):
        self.assertEqual(run("cnn-28", {"torch"}, own={"data_share": 0.03})[0], 0)
        status, text = run("cnn-28", {"torch"}, own={"data_share": 0.031})
        self.assertEqual(status, 1)
        self.assertIn("data_share above 0.03", text)

    def test_bfloat16_is_measured_where_the_processor_has_it(self):
        status, text = run("cnn-32-bf16", {"torch"}, their_us=249, flags="fma amx_bf16")
        self.assertEqual(status, 1)
        self.assertIn("below 2.5", text)
        self.assertEqual(run("cnn-32-bf16", {"torch"}, their_us=250, flags="avx512_bf16")[0], 0)
        status, text = run("cnn-32-bf16", {"torch"})
        self.assertEqual(status, 77)
        self.assertIn("not measured: the processor has neither amx_bf16 nor avx512_bf16", text)
        self.assertEqual(run("gru cnn-32-bf16", {"torch"})[0], 0)


if __name__ == "__main__":
    unittest.main()
