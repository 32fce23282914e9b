"""What an application costs that goes beyond the usual: the two tariffs of 国办函〔2020〕109号, in yuan.

Pure arithmetic. Each rises with the number: what lies within a step costs what the step says, whatever comes above it.
"""

BY_ITEM, BY_PAGE = "by_item", "by_page"
# More than anybody applies for, or copies.
MOST = 100_000


def by_item(n: int, before: int = 0) -> int:
    """What `n` items cost an applicant who asked for `before` items in the same calendar month; 10 a month are free.

    Art. 4: 100 yuan each up to 30, and from 31 on 100 more for each ten.
    """
    return _items(before + n) - _items(before)


def by_page(n: int) -> int:
    """What `n` pages cost, on paper or as a file; 30 are free.

    Art. 5: 10 yuan each up to 100, 20 up to 200, then 40.
    """
    return sum(
        price * max(0, min(n, upto) - above)
        for above, upto, price in ((30, 100, 10), (100, 200, 20), (200, MOST, 40))
    )


def _items(n: int) -> int:
    tens, rest = divmod(max(0, n - 30), 10)
    # The ten from 31 on cost 200 each, the next 300, and so on.
    return 100 * max(0, min(n, 30) - 10) + 1000 * (tens * (tens + 3) // 2) + rest * 100 * (tens + 2)
