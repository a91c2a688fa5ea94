// OpenAI's chat and Ollama's, each in the other's words. It knows nothing of the host, so any C compiler tests it.
// Source: https://github.com/ollama/ollama/blob/main/docs/api.md
#pragma once

#include "json.h"

// Why a call fails. Its class decides whether the host stops, waits or tries the next target.
typedef struct {
  const char *class;
  text message;
} fault;

// Each returns false if it fails, and says why in `fault`.

// Ollama's request for a client's, and the names of what it leaves out as a JSON array.
bool ollama_request(slice model, bool stream, slice body, text *json, text *dropped, fault *fault);
// OpenAI's reply for a buffered one.
bool ollama_completion(slice reply, text *json, fault *fault);
// OpenAI's chunks for one event of a stream, and whether that is complete.
bool ollama_chunks(slice event, bool begun, text *lines, bool *done, fault *fault);
// The failure for an error reply.
bool ollama_error(unsigned status, slice body, fault *fault);

bool fail(fault *fault, const char *class, const char *message);
