/* SPDX-License-Identifier: MIT */

/*
 * Strings that grow.
 */
#include <stdio.h>

#define LIMIT 512
#define MAX(a, b) \
    ((a) > (b) ? (a) : (b))

typedef unsigned int word;

/* A growing string. */
struct buffer {
    char *text; /* never null */
    size_t size;
};

typedef struct {
    int x, y;
} Point;

typedef struct node {
    struct node *next;
} node_t;

enum color { RED, BLUE };

union value {
    int i;
    float f;
};

static int grow(struct buffer *buffer, size_t size);
extern int buffer_free(struct buffer *buffer);

static const int table[] = { 1, 2, 3 };

/*
 * Appends text to a buffer.
 * Returns 0 on success.
 */
int
buffer_append(struct buffer *buffer, const char *text)
{
    return grow(buffer, strlen(text));
}

#ifdef DEBUG
// Grows a buffer.
static int grow(struct buffer *buffer, size_t size)
{
    return 0;
}
#endif

const char **names(void) { return 0; }
