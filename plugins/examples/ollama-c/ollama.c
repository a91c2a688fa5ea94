#include "ollama.h"

#include <string.h>

// OpenAI's names of the parameters that Ollama has too, and Ollama's own.
static const char *const OPTIONS[][2] = {
    {"frequency_penalty", "frequency_penalty"},
    {"max_completion_tokens", "num_predict"},
    {"max_tokens", "num_predict"},
    {"presence_penalty", "presence_penalty"},
    {"seed", "seed"},
    {"stop", "stop"},
    {"temperature", "temperature"},
    {"top_p", "top_p"},
};
static const char *const TRANSLATED[] = {"messages", "model", "stream", "stream_options"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

bool fail(fault *fault, const char *class, const char *message) {
  fault->class = class;
  put(&fault->message, message);
  return false;
}

static bool is_null(slice value) { return value.len == 4 && memcmp(value.at, "null", 4) == 0; }

static bool has_elements(slice array) {
  walk elements = json_walk(array);
  return json_next(&elements);
}

// The text of a message: a string, or parts of which each must be text.
static bool put_content(text *json, slice content, fault *fault) {
  put(json, "\"");
  if (json_is_string(content)) {
    put_slice(json, json_inside(content));
  } else {
    for (walk parts = json_walk(content); json_next(&parts);) {
      if (!json_equals(json_member(parts.value, "type"), "text")) {
        return fail(fault, "unsupported", "this adapter translates text only");
      }
      put_slice(json, json_inside(json_member(parts.value, "text")));
    }
  }
  put(json, "\"");
  return true;
}

static bool put_message(text *json, slice message, fault *fault) {
  slice role = json_member(message, "role");
  if (json_equals(role, "tool") || has_elements(json_member(message, "tool_calls"))) {
    return fail(fault, "unsupported", "this adapter does not translate tools");
  }
  put(json, "{\"role\":");
  if (json_equals(role, "developer")) put(json, "\"system\"");
  else put_slice(json, role);
  put(json, ",\"content\":");
  if (!put_content(json, json_member(message, "content"), fault)) return false;
  put(json, "}");
  return true;
}

static bool put_messages(text *json, slice messages, fault *fault) {
  const char *comma = "";
  put(json, ",\"messages\":[");
  for (walk each = json_walk(messages); json_next(&each); comma = ",") {
    put(json, comma);
    if (!put_message(json, each.value, fault)) return false;
  }
  put(json, "]");
  return true;
}

static const char *option(slice name) {
  for (size_t i = 0; i < COUNT(OPTIONS); i++) {
    if (json_equals(name, OPTIONS[i][0])) return OPTIONS[i][1];
  }
  return NULL;
}

static bool is_translated(slice name) {
  for (size_t i = 0; i < COUNT(TRANSLATED); i++) {
    if (json_equals(name, TRANSLATED[i])) return true;
  }
  return option(name);
}

static void put_options(text *json, slice body) {
  const char *comma = "";
  put(json, ",\"options\":{");
  for (walk members = json_walk(body); json_next(&members);) {
    const char *name = option(members.key);
    if (!name || is_null(members.value)) continue;
    bool alone = strcmp(name, "stop") == 0 && json_is_string(members.value);
    put(json, comma);
    put(json, "\"");
    put(json, name);
    put(json, alone ? "\":[" : "\":");
    put_slice(json, members.value);
    put(json, alone ? "]" : "");
    comma = ",";
  }
  put(json, "}");
}

bool ollama_request(slice model, bool stream, slice body, text *json, text *dropped, fault *fault) {
  if (has_elements(json_member(body, "tools"))) {
    return fail(fault, "unsupported", "this adapter does not translate tools");
  }
  put(json, "{\"model\":");
  put_quoted(json, model);
  put(json, stream ? ",\"stream\":true" : ",\"stream\":false");
  if (!put_messages(json, json_member(body, "messages"), fault)) return false;
  put_options(json, body);
  put(json, "}");

  const char *comma = "";
  put(dropped, "[");
  for (walk members = json_walk(body); json_next(&members);) {
    if (is_translated(members.key) || is_null(members.value)) continue;
    put(dropped, comma);
    put_slice(dropped, members.key);
    comma = ",";
  }
  put(dropped, "]");
  return true;
}

// The host fills in `created` and the client's name for the model.
static void put_head(text *json, const char *object) {
  put(json, "{\"id\":\"\",\"object\":\"");
  put(json, object);
  put(json, "\",\"created\":0,\"model\":\"\",\"choices\":[");
}

static void put_finish(text *json, slice reply) {
  bool length = json_equals(json_member(reply, "done_reason"), "length");
  put(json, length ? ",\"finish_reason\":\"length\"}]" : ",\"finish_reason\":\"stop\"}]");
}

static void put_usage(text *json, slice reply) {
  unsigned long read = json_number(json_member(reply, "prompt_eval_count"));
  unsigned long written = json_number(json_member(reply, "eval_count"));
  put(json, ",\"usage\":{\"prompt_tokens\":");
  put_number(json, read);
  put(json, ",\"completion_tokens\":");
  put_number(json, written);
  put(json, ",\"total_tokens\":");
  put_number(json, read + written);
  put(json, "}}");
}

static bool is_done(slice reply) { return json_member(reply, "done").len == 4; }

bool ollama_completion(slice reply, text *json, fault *fault) {
  slice content = json_member(json_member(reply, "message"), "content");
  if (!json_is_string(content) || !is_done(reply)) {
    return fail(fault, "malformed", "the reply has no complete message");
  }
  put_head(json, "chat.completion");
  put(json, "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
  put_slice(json, content);
  put(json, "}");
  put_finish(json, reply);
  put_usage(json, reply);
  return true;
}

bool ollama_chunks(slice event, bool begun, text *lines, bool *done, fault *fault) {
  slice error = json_member(event, "error");
  if (error.len > 0) return fail(fault, "overloaded", "the upstream reported an error in its stream");
  slice content = json_member(json_member(event, "message"), "content");
  *done = is_done(event);
  if (!json_is_string(content) && !*done) return fail(fault, "malformed", "an event has no message");
  put_head(lines, "chat.completion.chunk");
  put(lines, "{\"index\":0,\"delta\":{");
  put(lines, begun ? "\"content\":" : "\"role\":\"assistant\",\"content\":");
  put_slice(lines, json_is_string(content) ? content : (slice){"\"\"", 2});
  put(lines, "}");
  if (!*done) {
    put(lines, ",\"finish_reason\":null}]}\n");
    return true;
  }
  put_finish(lines, event);
  put(lines, "}\n");
  put_head(lines, "chat.completion.chunk");
  put(lines, "]");
  put_usage(lines, event);
  put(lines, "\n");
  return true;
}

bool ollama_error(unsigned status, slice body, fault *fault) {
  const char *class = status >= 500 ? "overloaded" : status >= 400 ? "refused" : "malformed";
  if (status == 400 || status == 413 || status == 422) class = "client";
  if (status == 408 || status == 504) class = "timeout";
  if (status == 429) class = "rate-limited";
  slice words = json_inside(json_member(body, "error"));
  fail(fault, class, words.len > 0 ? "" : "the upstream's error has no message");
  put_slice(&fault->message, words);
  return false;
}
