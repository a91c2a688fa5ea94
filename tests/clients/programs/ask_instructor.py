"""instructor, which has the model fill in a form by way of a forced tool; prints what the form says."""

import os

import anthropic
import instructor
import openai
from pydantic import BaseModel

KEY = os.environ["KEY"]
DIALECTS = {
    "chat": lambda: instructor.from_openai(openai.OpenAI(base_url=os.environ["API"], api_key=KEY)),
    "messages": lambda: instructor.from_anthropic(anthropic.Anthropic(base_url=os.environ["URL"], api_key=KEY)),
}


# The class is the tool, whose name begins so where it comes in parts.
class PartialSummary(BaseModel):
    """What the notes say."""

    words: str


client = DIALECTS[os.environ["DIALECT"]]()
asked = {
    "model": os.environ["MODEL"],
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": os.environ["TASK"]}],
    "response_model": PartialSummary,
}
print(client.chat.completions.create(**asked).words)
*_, last = client.chat.completions.create_partial(**asked)
print(last.words)
