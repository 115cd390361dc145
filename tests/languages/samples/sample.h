#ifndef SAMPLE_H
#define SAMPLE_H

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Appends text to a buffer.
 */
int buffer_append(struct buffer *buffer, const char *text);

typedef void (*callback)(int code);

struct buffer *buffer_new(size_t size); /* never null */

static inline int twice(int n) { return 2 * n; }

#ifdef __cplusplus
}
#endif

#endif
