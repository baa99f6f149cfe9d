"""What is wrong with a formula, and where.

ValueError
    FormulaError        the text is no formula, or its parts do not fit
    ArgumentError       the same of the arguments of a function (`functions`), which know no place
LookupError
    MissingRoleError    the formula is right, and the site has not what it needs (`binding`)
"""


class FormulaError(ValueError):
    """A sentence that says what is wrong and what would be right, and where in the text.

    Args:
        sentence: What is wrong; names what would be right.
        at: Place of the character, from 0.
    """

    def __init__(self, sentence: str, at: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.at = at

    def shown(self, text: str) -> str:
        """Return the sentence below the formula, with a mark under the character."""
        line = text[: self.at].count("\n")
        column = self.at - (text.rfind("\n", 0, self.at) + 1)
        lines = text.split("\n")
        lines.insert(line + 1, " " * column + "^ " + self.sentence)
        return "\n".join(lines)
