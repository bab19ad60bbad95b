"""The scan by hand against the same neurons as autograd sees them; trained leaks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from algo.layers.decay import HARDWARE_DECAYS, Leak, decayed, nearest_decay
from algo.layers.lif_scan import LifOptions, lif_plain, lif_scan
from algo.layers.moments import with_moments
from algo.surrogates import SURROGATES
from mapper.semantics import apply_decay

OPTIONS = st.builds(
    LifOptions,
    reset=st.sampled_from(["subtract", "zero"]),
    surrogate=st.sampled_from(list(SURROGATES)),
    width=st.sampled_from([0.5, 1.0, 3.0]),
    temporal=st.booleans(),
    gamma=st.sampled_from([1.0, 0.3]),
)
DECAYS = st.sampled_from(["none", "clear", "shift 1", "shift 3", "halve 2", "trained"])


@settings(max_examples=80)
@given(OPTIONS, DECAYS, st.booleans(), st.integers(1, 6), st.integers(0, 2**31))
def test_scan_equals_autograd(options, decay, quantized, ticks, seed):
    torch.manual_seed(seed)
    leak = Leak(decay)
    with torch.no_grad():
        leak.factor.fill_(torch.rand(())) if decay == "trained" else None
    shape = (3, ticks, 4)
    inputs = (
        torch.randint(-20, 30, shape).double(), torch.randint(-5, 6, (4,)).double(),
        torch.randint(1, 25, (4,)).double(), torch.rand(4).double() * 9 + 1,
    )  # fmt: skip
    leak = leak.double()
    to_spikes = torch.randn(shape).double()
    results = []
    for scan in (lif_scan, lif_plain):
        leaves = [x.clone().requires_grad_() for x in inputs]
        spikes, potentials = scan(*leaves, leak, options, quantized)
        wanted = [*leaves, leak.factor] if decay == "trained" else leaves
        gradients = torch.autograd.grad((spikes * to_spikes).sum(), wanted, allow_unused=True)
        results.append((spikes.detach(), potentials.detach(), gradients))
    (spikes, potentials, found), (spikes2, potentials2, expected) = results
    assert torch.equal(spikes, spikes2)
    assert torch.allclose(potentials, potentials2, rtol=0, atol=0 if quantized else 1e-9)
    for a, b in zip(found, expected, strict=True):
        b = torch.zeros_like(a) if b is None else b  # autograd's word for "does not depend"
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-9), f"{seed=}"


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**31))
def test_moments_equal_autograds(samples, channels, places, seed):
    torch.manual_seed(seed)
    x = torch.randint(-50, 90, (samples, channels, places)).double()
    g = torch.randn(2, channels).double()
    results = []
    for kind in (with_moments, lambda x: (x, *torch.var_mean(x, dim=(0, 2), correction=0)[::-1])):
        leaf = x.clone().requires_grad_()
        same, mean, variance = kind(leaf)
        ((g[0] * mean + g[1] * variance).sum() + (same**2).sum()).backward()
        results.append((mean.detach(), variance.detach(), leaf.grad))
    for a, b in zip(*results, strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-9)


def test_potentials_are_not_differentiable():
    one = torch.ones(1, 2, 3, requires_grad=True)
    *_, potentials = lif_scan(one, *torch.ones(3, 3), Leak("none"), LifOptions(), True)
    assert not potentials.requires_grad


@pytest.mark.parametrize("decay", HARDWARE_DECAYS, ids=str)
def test_decay_is_the_hardwares(decay):
    v = torch.arange(-600, 600)
    assert torch.equal(decayed(v.float(), decay, True).long(), torch.from_numpy(
        apply_decay(v.numpy(), decay)))  # fmt: skip
    assert torch.equal(decayed(v.float(), decay, False), v * decay.factor)


@given(st.floats(-0.5, 1.5))
def test_a_trained_leak_lands_on_the_hardware(factor):
    leak = Leak("trained")
    with torch.no_grad():
        leak.factor.fill_(factor)
    assert leak.decay == nearest_decay(float(leak.factor.detach()))
    distances = [abs(d.factor - float(leak.factor.detach())) for d in HARDWARE_DECAYS]
    assert abs(leak.decay.factor - float(leak.factor.detach())) == min(distances)
    v = torch.tensor([5.0, -9.0], requires_grad=True)
    out = leak(v, quantized=True)
    assert torch.equal(out.detach(), decayed(v.detach(), leak.decay, True))
    out.sum().backward()
    assert v.grad.tolist() == pytest.approx([leak.decay.factor] * 2)
    assert float(leak.factor.grad) == -4
