// How a number is written: the same rule as dashboard/charts/decimals.py, for values that change in the page.
(function () {
    "use strict";

    const NO_VALUE = "–";
    const MINUS = "\u2212";
    const DIGITS_MAX = 9;
    const SHORT_FROM = 1e12;
    const SHORT_BELOW = 1e-6;
    const SHORT_DIGITS = 3;
    const SMALL_DIGITS = 2;
    const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

    const trimmed = (digits) => digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;

    function short(size) {
        const [digits, power] = size.toExponential(SHORT_DIGITS - 1).split("e");
        const raised = [...String(Number(power))].map((sign) => SUPERSCRIPTS[sign]).join("");
        return `${trimmed(digits)}·10${raised}`;
    }

    function plain(size, count) {
        if (size > 0 && size < Number(`1e-${count}`)) {
            return trimmed(size.toPrecision(SMALL_DIGITS));
        }
        let decimals = count;
        while (decimals && size >= 10 ** (DIGITS_MAX - decimals)) {
            decimals -= 1;
        }
        const [whole, part] = size.toFixed(decimals).split(".");
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
        return part ? `${grouped}.${part}` : grouped;
    }

    // separators: the decimal and the thousands character.
    function numberText(value, count, separators) {
        if (value === null || !Number.isFinite(value)) {
            return NO_VALUE;
        }
        const size = Math.abs(value);
        const isShort = size > 0 && !(size >= SHORT_BELOW && size < SHORT_FROM);
        const text = (isShort ? short(size) : plain(size, count))
            .replace(/[.,]/g, (sign) => separators[sign === "." ? 0 : 1]);
        return value < 0 ? `${MINUS}${text}` : text;
    }

    Object.assign(window.virtaama, { numberText, NO_VALUE });
}());
