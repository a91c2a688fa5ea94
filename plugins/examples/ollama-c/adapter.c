// The adapter as the contract wants it: its records on one side, JSON on the other. What it says to Ollama is in
// ollama.c. `jackfield plugin build` writes the header; what a function returns is freed by the code beside it.

#include <stdlib.h>
#include <string.h>

#include "adapter_plugin.h"
#include "ollama.h"

static const char MANIFEST[] =
    "{\"name\":\"ollama-c\",\"version\":\"0.1.0\",\"operations\":[\"chat\"],\"auth\":{\"scheme\":\"bearer\"},"
    "\"settings\":{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}}";

typedef adapter_plugin_list_u8_t bytes;

static slice of_bytes(bytes bytes) { return (slice){(const char *)bytes.ptr, bytes.len}; }

static bytes to_bytes(text text) { return (bytes){(uint8_t *)text.at, text.len}; }

static bytes copied(const char *string) {
  text text = {0};
  put(&text, string);
  return to_bytes(text);
}

static bool give_up(exports_jackfield_plugin_adapter_failure_t *failure, fault fault) {
  memset(failure, 0, sizeof *failure);
  adapter_plugin_string_dup(&failure->class_, fault.class);
  adapter_plugin_string_dup_n(&failure->message, fault.message.at, fault.message.len);
  free(fault.message.at);
  return false;
}

void exports_jackfield_plugin_adapter_describe(bytes *ret) { *ret = copied(MANIFEST); }

// Turns the client's request into one HTTP request. The host attaches the credential and sends it.
bool exports_jackfield_plugin_adapter_prepare(exports_jackfield_plugin_adapter_call_t *call,
                                              exports_jackfield_plugin_adapter_prepared_t *ret,
                                              exports_jackfield_plugin_adapter_failure_t *err) {
  bytes body;
  jackfield_plugin_host_body(&body);
  text json = {0}, dropped = {0}, more = {0};
  fault fault = {0};
  slice model = {(const char *)call->model.ptr, call->model.len};
  bool ok = ollama_request(model, call->stream, of_bytes(body), &json, &dropped, &fault);
  adapter_plugin_list_u8_free(&body);
  if (ok) {
    memset(ret, 0, sizeof *ret);
    ret->tag = JACKFIELD_PLUGIN_TYPES_PREPARED_EXCHANGE;
    jackfield_plugin_types_exchange_t *exchange = &ret->val.exchange;
    adapter_plugin_string_dup(&exchange->request.method, "POST");
    adapter_plugin_string_dup(&exchange->request.path, "/api/chat");
    exchange->request.headers.ptr = malloc(sizeof *exchange->request.headers.ptr);
    exchange->request.headers.len = 1;
    adapter_plugin_string_dup(&exchange->request.headers.ptr->name, "content-type");
    adapter_plugin_string_dup(&exchange->request.headers.ptr->value, "application/json");
    exchange->request.body.tag = JACKFIELD_PLUGIN_TYPES_BODY_BYTES;
    exchange->request.body.val.bytes = to_bytes(json);
    adapter_plugin_string_dup(&exchange->framing, call->stream ? "ndjson" : "none");
    put(&more, "{\"dropped\":");
    put_slice(&more, (slice){dropped.at, dropped.len});
    put(&more, "}");
    exchange->more = to_bytes(more);
  } else {
    free(json.at);
    give_up(err, fault);
  }
  free(dropped.at);
  exports_jackfield_plugin_adapter_call_free(call);
  return ok;
}

// A buffered reply, whatever its status.
bool exports_jackfield_plugin_adapter_decode(exports_jackfield_plugin_adapter_call_t *call,
                                             exports_jackfield_plugin_adapter_reply_t *reply,
                                             exports_jackfield_plugin_adapter_step_t *ret,
                                             exports_jackfield_plugin_adapter_failure_t *err) {
  text json = {0};
  fault fault = {0};
  slice body = of_bytes(reply->body);
  bool ok = reply->status == 200 ? ollama_completion(body, &json, &fault) : ollama_error(reply->status, body, &fault);
  if (ok) {
    memset(ret, 0, sizeof *ret);
    ret->tag = JACKFIELD_PLUGIN_TYPES_STEP_DONE;
    ret->val.done.body = to_bytes(json);
  } else {
    give_up(err, fault);
  }
  exports_jackfield_plugin_adapter_reply_free(reply);
  exports_jackfield_plugin_adapter_call_free(call);
  return ok;
}

// All events of one network read. The state is one byte once the stream has begun: any instance can go on with it.
bool exports_jackfield_plugin_adapter_decode_events(exports_jackfield_plugin_adapter_call_t *call, bytes *state,
                                                    exports_jackfield_plugin_adapter_list_event_t *events, bool last,
                                                    exports_jackfield_plugin_adapter_decoded_t *ret,
                                                    exports_jackfield_plugin_adapter_failure_t *err) {
  text lines = {0};
  fault fault = {0};
  bool ok = true, done = false, begun = state->len > 0;
  for (size_t i = 0; ok && !done && i < events->len; i++) {
    ok = ollama_chunks(of_bytes(events->ptr[i].data), begun, &lines, &done, &fault);
    begun = true;
  }
  if (ok && last && !done) ok = fail(&fault, "malformed", "the stream ended before its last object");
  if (ok) {
    *ret = (exports_jackfield_plugin_adapter_decoded_t){.chunks = to_bytes(lines), .done = done};
    if (begun) ret->state = copied("1");
  } else {
    free(lines.at);
    give_up(err, fault);
  }
  adapter_plugin_list_u8_free(state);
  exports_jackfield_plugin_adapter_list_event_free(events);
  exports_jackfield_plugin_adapter_call_free(call);
  return ok;
}
