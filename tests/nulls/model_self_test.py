"""Checks of the model of the mix against numbers worked out by hand. Run: python3 model_self_test.py"""

import copy
import math
import tempfile
import unittest

import numpy as np

import mix_model
import wav_io

RATE, FRAMES = 1000 * 48, 480


def wav(file, **clip):
    return {"type": "wav", "clips": [{"file": file, **clip}]}


class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keeper = tempfile.TemporaryDirectory()
        cls.folder = cls.keeper.name
        impulse = np.zeros((1, 100))
        impulse[0, 7] = 1.0
        wav_io.write_wav(f"{cls.folder}/impulse.wav", impulse, RATE)
        wav_io.write_wav(f"{cls.folder}/ones.wav", np.ones((1, FRAMES)), RATE, "i16")
        wav_io.write_wav(f"{cls.folder}/sides.wav", np.tile([[0.5], [0.25]], FRAMES), RATE, "i24")
        wav_io.write_wav(f"{cls.folder}/poly.wav", np.tile([[0.125], [0.25], [0.5]], FRAMES), RATE, "i32")

    @classmethod
    def tearDownClass(cls):
        cls.keeper.cleanup()

    def mix(self, tracks, buses=(), **session):
        whole = {"sample_rate": RATE, "tracks": copy.deepcopy(list(tracks)),
                 "buses": copy.deepcopy(list(buses)) + [{"id": "master", "kind": "master"}], **session}
        return mix_model.Mix(whole, self.folder, 0, FRAMES).run()

    def level(self, signal):
        return tuple(round(float(v), 9) for v in signal[:, 50])

    def test_wav_files_of_every_coding_come_back(self):
        samples = np.array([[0.5, -0.25, 0.0, -1.0], [0.125, 0.75, -0.5, 0.0]])
        for coding in ("i16", "i24", "i32", "f32", "f64"):
            for extensible in (False, True):
                wav_io.write_wav(f"{self.folder}/back.wav", samples, RATE, coding, extensible)
                back, rate = wav_io.read_wav(f"{self.folder}/back.wav")
                self.assertEqual(rate, RATE)
                np.testing.assert_array_equal(back, samples)

    def test_pan_laws_at_centre_and_sides(self):
        for law, centre in ((-3, math.sqrt(0.5)), (-6, 0.5), (-4.5, math.sqrt(0.5 * math.sqrt(0.5))), (0, 1.0)):
            left, right = mix_model.pan_gains(law, 0)
            self.assertAlmostEqual(left, centre, 14)
            self.assertAlmostEqual(right, centre, 14)
            self.assertAlmostEqual(mix_model.pan_gains(law, -1)[0], 1.0, 14)
            self.assertEqual(mix_model.pan_gains(law, -1)[1], 0.0)
            self.assertEqual(mix_model.pan_gains(law, 1)[0], 0.0)
        self.assertAlmostEqual(mix_model.pan_gains(-6, 0.5)[0], 0.25)
        self.assertEqual(mix_model.balance_gains(0.25), (0.75, 1.0))

    def test_low_cut_follows_its_recurrence(self):
        noise = np.random.default_rng(1).standard_normal((2, 1000))
        g, d = math.tan(math.pi * 123 / RATE), 1 / 1.5
        norm = 1 / (1 + g * (g + d))
        expected = np.empty_like(noise)
        for c in range(2):
            s1 = s2 = 0.0
            for n, x in enumerate(noise[c]):
                high = (x - (d + g) * s1 - s2) * norm
                band = g * high + s1
                low = g * band + s2
                s1, s2 = g * high + band, g * band + low
                expected[c, n] = high
        np.testing.assert_allclose(mix_model.low_cut(noise, 123, 1.5, RATE), expected, atol=1e-12)

    def test_low_cut_is_three_decibels_down_at_its_corner(self):
        impulse = np.zeros((1, RATE))
        impulse[0, 0] = 1.0
        spectrum = np.abs(np.fft.rfft(mix_model.low_cut(impulse, 200, 0.70710678, RATE)[0]))
        self.assertAlmostEqual(20 * math.log10(spectrum[200]), -3.0103, 3)
        self.assertAlmostEqual(20 * math.log10(spectrum[20]), -40.0, 2)

    def test_fader_trim_and_polarity_multiply(self):
        mix = self.mix([{"id": "a", "source": wav("sides.wav"), "trim_db": -20, "polarity": True,
                         "fader_db": 20 * math.log10(2)}])
        self.assertEqual(self.level(mix.out["a"]), (-0.1, -0.05))
        self.assertEqual(self.level(mix.out["master"]), (-0.1, -0.05))

    def test_mono_centre_is_three_down_and_width_scales_the_side(self):
        mix = self.mix([{"id": "a", "source": wav("poly.wav", channels=[3])}])
        self.assertEqual(self.level(mix.out["a"]), (round(0.5 * math.sqrt(0.5), 9),) * 2)
        mix = self.mix([{"id": "a", "source": wav("sides.wav"), "width": 0}])
        self.assertEqual(self.level(mix.out["a"]), (0.375, 0.375))
        mix = self.mix([{"id": "a", "source": wav("sides.wav"), "width": 2, "pan": -0.5}])
        self.assertEqual(self.level(mix.out["a"]), (0.625, 0.0625))

    def test_clips_start_offset_length_and_overlap(self):
        clips = [{"file": "impulse.wav", "start_s": 10 / RATE, "offset_s": 5 / RATE, "gain_db": 0},
                 {"file": "impulse.wav", "start_s": 12.4 / RATE, "offset_s": 7 / RATE, "length_s": 1 / RATE},
                 {"file": "impulse.wav", "start_s": 40 / RATE, "length_s": 7 / RATE}]
        mix = self.mix([{"id": "a", "source": {"type": "wav", "clips": clips}, "pan": -1}])
        self.assertEqual([(n, mix.out["a"][0, n]) for n in np.flatnonzero(mix.out["a"][0])], [(12, 2.0)])

    def test_sends_take_their_tap(self):
        track = {"id": "a", "source": wav("sides.wav"), "fader_db": "-inf", "width": 0,
                 "inserts": [{"type": "utility", "params": {"swap": True}}],
                 "sends": [{"to": "i", "tap": "input"}, {"to": "p", "tap": "pre", "pan": "strip"}, {"to": "o"}]}
        buses = [{"id": n, "kind": "aux"} for n in "ipo"]
        mix = self.mix([track], buses)
        self.assertEqual(self.level(mix.out["i"]), (0.5, 0.25))
        self.assertEqual(self.level(mix.out["p"]), (0.375, 0.375))
        self.assertEqual(self.level(mix.out["o"]), (0.0, 0.0))
        self.assertEqual(sorted(mix.stems), ["a", "i", "o", "p"])

    def test_vca_counts_once_however_reached_and_never_touches_pre_sends(self):
        track = {"id": "a", "source": wav("sides.wav"), "sends": [{"to": "c"}], "output": "none"}
        vcas = [{"id": "v", "members": ["a"], "fader_db": -20}, {"id": "w", "members": ["v", "a"], "fader_db": -20}]
        mix = self.mix([track], [{"id": "c", "kind": "cue"}], vcas=vcas)
        self.assertEqual(self.level(mix.out["a"]), (0.005, 0.0025))
        self.assertEqual(self.level(mix.out["c"]), (0.5, 0.25))
        self.assertEqual(self.level(mix.out["master"]), (0.0, 0.0))

    def test_mute_spares_pre_sends_unless_the_cue_follows(self):
        track = {"id": "a", "source": wav("sides.wav"), "sends": [{"to": "c"}, {"to": "d"}, {"to": "e", "tap": "post"}]}
        buses = [{"id": "c", "kind": "cue"}, {"id": "d", "kind": "cue", "follow_mute": True},
                 {"id": "e", "kind": "cue"}]
        for mute in ({"vcas": [{"id": "w", "members": ["v"], "mute": True}, {"id": "v", "members": ["a"]}]},
                     {"mute_groups": [{"id": "m", "members": ["a"], "mute": True}]}):
            mix = self.mix([track], buses, **mute)
            self.assertEqual([mix_model.peak(mix.out[n]) for n in "acde"], [0.0, 0.5, 0.0, 0.0])

    def test_solo_keeps_what_feeds_and_is_fed(self):
        tracks = [{"id": "kick", "source": wav("sides.wav"), "solo": True, "output": "drums",
                   "sends": [{"to": "room"}]},
                  {"id": "snare", "source": wav("sides.wav"), "output": "drums",
                   "sends": [{"to": "room"}, {"to": "cue", "tap": "post"}]},
                  {"id": "click", "source": wav("sides.wav"), "solo_safe": True, "output": "safe"}]
        buses = [{"id": "drums", "kind": "group"}, {"id": "safe", "kind": "group"}, {"id": "other", "kind": "group"},
                 {"id": "room", "kind": "aux"}, {"id": "cue", "kind": "cue", "solo": True}]
        mix = self.mix(tracks, buses)
        self.assertEqual(mix.solo_silenced(), {"snare", "other"})
        self.assertEqual(self.level(mix.out["cue"]), (0.5, 0.25))
        self.assertEqual(self.level(mix.out["drums"]), (0.5, 0.25))
        self.assertEqual(self.level(mix.out["master"]), (1.5, 0.75))
        self.assertEqual(self.mix(tracks, buses, solo_mode="pfl").solo_silenced(), set())

    def test_a_lowest_cue_hears_later_inputs_later(self):
        late = [{"type": "utility", "params": {"latency_samples": 30}}]
        tracks = [{"id": "a", "source": wav("impulse.wav"), "inserts": late, "sends": [{"to": "c"}, {"to": "d"}]},
                  {"id": "b", "source": wav("impulse.wav"), "pan": -1, "sends": [{"to": "c"}, {"to": "d"}],
                   "inserts": [{"type": "low_cut", "bypass": True, "key": "a"}, {**late[0], "bypass": True}]},
                  {"id": "e", "source": wav("impulse.wav"), "sends": [{"to": "c"}, {"to": "d"}]}]
        mix = self.mix(tracks, [{"id": "c", "kind": "cue", "latency": "lowest"}, {"id": "d", "kind": "cue"}])
        self.assertEqual([mix.latency[n] for n in "abecd"], [30, 60, 0, 0, 60])
        self.assertEqual(list(np.flatnonzero(mix.out["c"][0])), [7, 37, 67])
        self.assertEqual(list(np.flatnonzero(mix.out["d"][0])), [7])

    def test_delay_is_heard_and_latency_is_not(self):
        slot = {"type": "utility", "mix": 0.25, "params": {"delay_samples": 5, "latency_samples": 9, "polarity": True}}
        mix = self.mix([{"id": "a", "source": wav("impulse.wav"), "pan": -1, "inserts": [slot]}])
        heard = mix.out["master"][0]
        self.assertEqual([(int(n), float(heard[n])) for n in np.flatnonzero(heard)], [(7, 0.75), (12, -0.25)])

    def test_a_tone_starts_at_phase_zero_of_session_time(self):
        tone = {"id": "a", "source": {"type": "tone", "wave": "sine", "hz": 12000, "level_db": -20}, "pan": 1}
        mix = self.mix([tone])
        np.testing.assert_allclose(mix.out["a"][1, :4], [0, 0.1, 0, -0.1], atol=1e-12)

    def test_reference_is_the_loudest_on_the_way_through_the_gains_that_follow(self):
        tracks = [{"id": "a", "source": wav("sides.wav"), "output": "g"},
                  {"id": "b", "source": wav("sides.wav"), "polarity": True, "output": "g"}]
        mix = self.mix(tracks, [{"id": "g", "kind": "group", "fader_db": -20}])
        self.assertEqual(mix_model.peak(mix.out["g"]), 0.0)
        self.assertAlmostEqual(mix.reference["g"], 0.05)

    def test_loops_are_refused(self):
        buses = [{"id": "g", "kind": "group", "output": "h"}, {"id": "h", "kind": "group", "output": "g"}]
        with self.assertRaises(ValueError):
            self.mix([], buses)


if __name__ == "__main__":
    unittest.main()
