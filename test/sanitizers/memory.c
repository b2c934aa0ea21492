/* Do the address and the undefined behaviour sanitizer still end a program that deserves it?
 *
 * usage: memory sound|overflow|undefined        Both violations must end it with 66. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 16 };

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "sound";
    char *bytes = calloc(1, BYTES);
    volatile int number = INT_MAX;
    volatile size_t index = BYTES - 1;

    if (bytes == NULL) {
        return 1;
    }
    if (strcmp(what, "overflow") == 0) {
        index++;
    }
    if (strcmp(what, "undefined") != 0) {
        number--;
    }
    number++;
    bytes[index] = (char)(number & 1);
    printf("%d\n", bytes[index]);
    free(bytes);
    return 0;
}
