// Tests of the translation, without a gateway.

#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../ollama.h"

static slice of(const char *string) { return (slice){string, strlen(string)}; }

static bool says(text *text, const char *expected) {
  put_slice(text, (slice){"", 1});
  if (strcmp(text->at, expected) == 0) return true;
  fprintf(stderr, "%s\nexpected:\n%s\n", text->at, expected);
  return false;
}

static bool refused(const char *body, const char *class) {
  text json = {0}, dropped = {0};
  fault fault = {0};
  return !ollama_request(of("m"), false, of(body), &json, &dropped, &fault) && strcmp(fault.class, class) == 0;
}

static void requests(void) {
  text json = {0}, dropped = {0};
  fault fault = {0};
  slice body = of("{\"model\":\"x\", \"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\\\"\"},"
                  "{\"type\":\"text\",\"text\":\"b\"}]}], \"max_tokens\":5,\"stop\":\"end\",\"seed\":null,\"logit_bias\":{}}");
  assert(ollama_request(of("m\"1"), true, body, &json, &dropped, &fault));
  assert(says(&json, "{\"model\":\"m\\u00221\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"a\\\"b\"}],"
                     "\"options\":{\"num_predict\":5,\"stop\":[\"end\"]}}"));
  assert(says(&dropped, "[\"logit_bias\"]"));
  assert(refused("{\"tools\":[{}]}", "unsupported"));
  assert(refused("{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}", "unsupported"));
}

static void replies(void) {
  text json = {0};
  fault fault = {0};
  const char *reply = "{\"message\":{\"content\":\"Hi\"},\"done\":true,\"prompt_eval_count\":7,\"eval_count\":2}";
  assert(ollama_completion(of(reply), &json, &fault));
  assert(says(&json, "{\"id\":\"\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"\",\"choices\":[{\"index\":0,"
                     "\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":"
                     "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}}"));
  assert(!ollama_error(404, of("{\"error\":\"no such model\"}"), &fault) && strcmp(fault.class, "refused") == 0);
  assert(says(&fault.message, "no such model"));
}

// A text that is cut anywhere is refused or read, but never beyond its end: run this with -fsanitize=address.
static void damage(void) {
  const char *reply = "{\"message\":{\"content\":\"H\\\"i\"},\"done\":true,\"done_reason\":\"length\"}";
  for (size_t len = 0; len < strlen(reply); len++) {
    char *cut = malloc(len + !len);
    memcpy(cut, reply, len);
    text lines = {0};
    fault fault = {0};
    bool done = false;
    ollama_chunks((slice){cut, len}, true, &lines, &done, &fault);
    free(cut);
    free(lines.at);
    free(fault.message.at);
  }
}

int main(void) {
  requests();
  replies();
  damage();
  puts("ok");
}
