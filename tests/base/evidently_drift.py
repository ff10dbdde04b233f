"""Prints what Evidently makes of two samples, as one JSON document.

The file named holds {"numbers": [[...], [...]], "words": [[...], [...]]}.
"""

import json
import sys

try:
    import numpy as np
    import pandas as pd

    try:
        from evidently.legacy.calculations.stattests import jensenshannon, psi
        from evidently.legacy.calculations.stattests import wasserstein_distance_norm
        from evidently.legacy.core import ColumnType
    except ImportError:  # before 0.7
        from evidently.calculations.stattests import jensenshannon, psi
        from evidently.calculations.stattests import wasserstein_distance_norm
        from evidently.core import ColumnType
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

with open(sys.argv[1]) as file:
    samples = json.load(file)
numbers = [pd.Series(values) for values in samples["numbers"]]
words = [pd.Series(values) for values in samples["words"]]
CATEGORY, NUMBER, LIMIT = ColumnType.Categorical, ColumnType.Numerical, 0.1
# In deviations of the first sample; told in the values' own unit.
deviation = max(float(np.std(numbers[0])), 0.001)
distance = wasserstein_distance_norm._wasserstein_distance_norm(*numbers, NUMBER, LIMIT)[0]
print(
    json.dumps(
        {
            "stability": float(psi._psi(*words, CATEGORY, LIMIT)[0]),
            "jensen_shannon": float(jensenshannon._jensenshannon(*words, CATEGORY, LIMIT)[0]),
            "wasserstein": float(distance) * deviation,
        }
    )
)
