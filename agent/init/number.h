#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The whole of `text` as a decimal number of at most `most`. strtoull is of no use here: it takes a sign, leading
 * blanks and trailing rubbish, and turns -1 into the largest number there is.
 */
static inline bool number(const char *text, uint64_t most, uint64_t *value) {
    uint64_t sum = 0;
    if (!text || !*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > most || sum > (most - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

#endif
