// JSON as slices of the text that holds it. Nothing is unescaped on the way from one side to the other, so nothing is
// escaped again. Whatever the text is, no function reads beyond it: what is damaged counts as absent.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// A part of a text. One without length stands for a value that is not there.
typedef struct {
  const char *at;
  size_t len;
} slice;

// A text that grows. Starts as `{0}`.
typedef struct {
  char *at;
  size_t len, room;
} text;

// A walk over the members of an object or the elements of an array.
typedef struct {
  slice key;    // with its quotes; without length in an array
  slice value;
  const char *at, *end;
  bool keyed;
} walk;

walk json_walk(slice value);
bool json_next(walk *walk);

// The value of an object's member. The last one counts, as in most parsers.
slice json_member(slice object, const char *name);

bool json_is_string(slice value);
bool json_equals(slice string, const char *name);
// What is between the quotes, still escaped.
slice json_inside(slice string);
unsigned long json_number(slice value);

void put(text *text, const char *string);
void put_slice(text *text, slice slice);
void put_number(text *text, unsigned long number);
// Plain text as a JSON string.
void put_quoted(text *text, slice plain);
