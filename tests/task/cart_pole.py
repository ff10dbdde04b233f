"""cart_pole.py equations|gymnasium < trajectories

Each line read is a start and a string of actions: "x x_speed angle angle_speed 0110...". Prints the
state after each action and whether the pole has fallen, until it has, then "end". `equations` works
it out from Barto, Sutton and Anderson (1983) by itself; `gymnasium` asks Gymnasium's CartPole-v1.
Exit status 77 where Gymnasium is not there.
"""
import math
import sys


def by_equations(start, actions):
    x, v, a, w = start
    mass, pole, half = 1.1, 0.1, 0.5
    for action in actions:
        push = 10.0 if action == "1" else -10.0
        s, c = math.sin(a), math.cos(a)
        # Of the paper's appendix, friction left out.
        wdot = (9.8 * s + c * ((-push - pole * half * w * w * s) / mass)) / (
            half * (4 / 3 - pole * c * c / mass)
        )
        vdot = (push + pole * half * (w * w * s - wdot * c)) / mass
        x, v, a, w = x + 0.02 * v, v + 0.02 * vdot, a + 0.02 * w, w + 0.02 * wdot
        yield (x, v, a, w), abs(x) > 2.4 or abs(a) > math.radians(12)


def by_gymnasium(start, actions):
    import numpy

    world = gymnasium.make("CartPole-v1").unwrapped
    world.reset(seed=1)
    world.state = numpy.array(start, dtype=numpy.float64)
    for action in actions:
        _, reward, ended, _, _ = world.step(int(action))
        assert reward == 1.0
        yield tuple(float(value) for value in world.state), ended


if sys.argv[1] == "gymnasium":
    try:
        import gymnasium
    except ImportError:
        print("gymnasium is not installed here", file=sys.stderr)
        sys.exit(77)
steps = by_gymnasium if sys.argv[1] == "gymnasium" else by_equations
for line in sys.stdin:
    words = line.split()
    for state, ended in steps([float(word) for word in words[:4]], words[4]):
        print(*[repr(value) for value in state], int(ended))
        if ended:
            break
    print("end")
