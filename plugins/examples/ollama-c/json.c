#include "json.h"

#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at, const char *end) {
  while (at < end && strchr(" \t\r\n", *at) && *at) at++;
  return at;
}

// Each returns where the value ends, or NULL if it does not.
static const char *skip_string(const char *at, const char *end) {
  for (at++; at < end; at++) {
    if (*at == '\\') at++;
    else if (*at == '"') return at + 1;
  }
  return NULL;
}

static const char *skip_value(const char *at, const char *end) {
  const char *start = at;
  size_t depth = 0;
  while (at && at < end) {
    if (*at == '"') {
      at = skip_string(at, end);
    } else if (*at == '{' || *at == '[') {
      depth++, at++;
    } else if (*at == '}' || *at == ']') {
      if (depth == 0) break;
      depth--, at++;
    } else if (depth == 0 && (*at == ',' || strchr(" \t\r\n", *at))) {
      break;
    } else {
      at++;
      if (depth == 0) continue;
    }
    if (depth == 0) return at;
  }
  return depth == 0 && at != start ? at : NULL;
}

walk json_walk(slice value) {
  walk walk = {0};
  const char *end = value.at + value.len, *at = skip_space(value.at, end);
  if (at < end && (*at == '{' || *at == '[')) {
    walk.keyed = *at == '{';
    walk.at = at + 1;
    walk.end = end;
  }
  return walk;
}

bool json_next(walk *walk) {
  const char *end = walk->end, *at = skip_space(walk->at, end);
  if (at < end && *at == ',') at = skip_space(at + 1, end);
  if (at == end || *at == '}' || *at == ']') return false;
  if (walk->keyed) {
    const char *after = *at == '"' ? skip_string(at, end) : NULL;
    if (!after) return false;
    walk->key = (slice){at, (size_t)(after - at)};
    at = skip_space(after, end);
    if (at == end || *at != ':') return false;
    at = skip_space(at + 1, end);
  }
  walk->at = skip_value(at, end);
  if (!walk->at) {
    walk->end = NULL;
    return false;
  }
  walk->value = (slice){at, (size_t)(walk->at - at)};
  return true;
}

slice json_member(slice object, const char *name) {
  slice found = {0};
  walk members = json_walk(object);
  while (members.keyed && json_next(&members)) {
    if (json_equals(members.key, name)) found = members.value;
  }
  return found;
}

bool json_is_string(slice value) { return value.len >= 2 && *value.at == '"'; }

bool json_equals(slice string, const char *name) {
  slice inside = json_inside(string);
  return inside.at && inside.len == strlen(name) && memcmp(inside.at, name, inside.len) == 0;
}

slice json_inside(slice string) {
  return json_is_string(string) ? (slice){string.at + 1, string.len - 2} : (slice){0};
}

unsigned long json_number(slice value) {
  unsigned long number = 0;
  for (size_t i = 0; i < value.len && value.at[i] >= '0' && value.at[i] <= '9' && i < 9; i++) {
    number = number * 10 + (unsigned long)(value.at[i] - '0');
  }
  return number;
}

void put_slice(text *text, slice slice) {
  if (slice.len == 0) return;
  if (text->len + slice.len > text->room) {
    text->room = 2 * (text->len + slice.len);
    text->at = realloc(text->at, text->room);
    if (!text->at) abort();
  }
  memcpy(text->at + text->len, slice.at, slice.len);
  text->len += slice.len;
}

void put(text *text, const char *string) { put_slice(text, (slice){string, strlen(string)}); }

void put_number(text *text, unsigned long number) {
  char digits[20];
  size_t first = sizeof digits;
  do {
    digits[--first] = (char)('0' + number % 10);
  } while (number /= 10);
  put_slice(text, (slice){digits + first, sizeof digits - first});
}

void put_quoted(text *text, slice plain) {
  static const char hex[] = "0123456789abcdef";
  put(text, "\"");
  for (size_t i = 0; i < plain.len; i++) {
    unsigned char c = (unsigned char)plain.at[i];
    if (c < 0x20 || c == '"' || c == '\\') {
      char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
      put_slice(text, (slice){escape, sizeof escape});
    } else {
      put_slice(text, (slice){plain.at + i, 1});
    }
  }
  put(text, "\"");
}
