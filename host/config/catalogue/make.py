#!/usr/bin/env python3
"""Makes models.tsv from LiteLLM's list of prices, which its package on PyPI brings along.

    host/config/catalogue/make.py [VERSION]

Of the lists that registries have (genai-prices, model-prices, tokencost, LiteLLM's), this one has the most: embeddings,
ranking, images and audio beside chat, prices by unit and by length of the prompt, service tiers, limits and sources. It
is under the MIT licence (all of the package but a folder that is not taken).

A line of models.tsv: vendor, model, JSON with `context`, `max_output` and `pricing` in the form of the configuration. The
first lines, which begin with `@`, tell which hosts are whose.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

LIST = "litellm/model_prices_and_context_window_backup.json"

# The list's names of vendors, and ours. Others are left out.
VENDORS = {
    "anthropic": "anthropic",
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "black_forest_labs": "bfl",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "dashscope": "dashscope",
    "deepinfra": "deepinfra",
    "deepseek": "deepseek",
    "fal_ai": "fal",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "gemini": "gemini",
    "groq": "groq",
    "jina_ai": "jina",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "novita": "novita",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "replicate": "replicate",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "vertex_ai": "vertex",
    "vertex_ai-anthropic_models": "vertex",
    "vertex_ai-language-models": "vertex",
    "vertex_ai-embedding-models": "vertex",
    "vertex_ai-image-models": "vertex",
    "voyage": "voyage",
    "xai": "xai",
    "zai": "zai",
}

# Whose API a host is. One that begins with a dot stands for all hosts that end with it.
HOSTS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    ".openai.azure.com": "azure",
    ".services.ai.azure.com": "azure",
    ".amazonaws.com": "bedrock",
    "generativelanguage.googleapis.com": "gemini",
    "aiplatform.googleapis.com": "vertex",
    "-aiplatform.googleapis.com": "vertex",
    ".rep.googleapis.com": "vertex",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.mistral.ai": "mistral",
    "api.deepseek.com": "deepseek",
    "api.moonshot.ai": "moonshot",
    "api.moonshot.cn": "moonshot",
    "api.z.ai": "zai",
    "open.bigmodel.cn": "zai",
    ".aliyuncs.com": "dashscope",
    "api.minimax.io": "minimax",
    "api.minimaxi.com": "minimax",
    "api.x.ai": "xai",
    "openrouter.ai": "openrouter",
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "api.cerebras.ai": "cerebras",
    "api.perplexity.ai": "perplexity",
    "api.voyageai.com": "voyage",
    "api.jina.ai": "jina",
    "api.deepinfra.com": "deepinfra",
    "api.novita.ai": "novita",
    "queue.fal.run": "fal",
    "fal.run": "fal",
    "api.replicate.com": "replicate",
    "api.bfl.ai": "bfl",
    ".bfl.ai": "bfl",
}

# The list's prices of one token, and ours of a million.
PER_TOKEN = {
    "input_cost_per_token": "input_per_million",
    "output_cost_per_token": "output_per_million",
    "cache_read_input_token_cost": "cached_input_per_million",
    "cache_creation_input_token_cost": "cache_write_per_million",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h_per_million",
    "input_cost_per_audio_token": "audio_input_per_million",
    "output_cost_per_reasoning_token": "reasoning_per_million",
    "output_cost_per_audio_token": "audio_output_per_million",
    "input_cost_per_image_token": "image_input_per_million",
    "output_cost_per_image_token": "image_output_per_million",
    "input_cost_per_character": "characters_per_million",
}
PER_PIECE = {
    "output_cost_per_image": "per_image",
    "input_cost_per_query": "per_request",
    "input_cost_per_request": "per_request",
}
TIERS = ["flex", "priority"]

# The qualities that vendors choose where a request names none, and the size.
USUAL_QUALITIES = ["standard", "medium"]
USUAL_SIZE = "1024x1024"


def number(value):
    """A price without the noise of binary fractions."""
    rounded = round(value, 9)
    return int(rounded) if rounded == int(rounded) else rounded


def prices(entry, suffix):
    """The prices whose names in the list end with this, in the configuration's words."""
    found = {}
    for theirs, ours in PER_TOKEN.items():
        value = entry.get(theirs + suffix)
        if isinstance(value, (int, float)):
            found[ours] = number(value * 1_000_000)
    return found


def steps(entry, tier):
    """Prices of long prompts, by the number of tokens above which they apply."""
    lengths = {int(match[1]) for name in entry for match in [re.fullmatch(rf".*_above_(\d+)k_tokens{tier}", name)] if match}
    found = {str(k * 1000): prices(entry, f"_above_{k}k_tokens{tier}") for k in sorted(lengths)}
    return {length: changes for length, changes in found.items() if changes}


def pricing(entry):
    """The prices of a model; none if it has none that the configuration can say."""
    found = prices(entry, "")
    by_token = any(found.values())
    tokens_out = found.get("output_per_million") or found.get("image_output_per_million")
    for theirs, ours in PER_PIECE.items():
        # With prices of the tokens that an image has, the price of an image is what those come to.
        if isinstance(entry.get(theirs), (int, float)) and not (ours == "per_image" and tokens_out):
            # A query among many documents is billed as several searches.
            is_search = ours == "per_request" and entry.get("mode") == "rerank"
            found["per_search" if is_search else ours] = number(entry[theirs])
    searches = entry.get("search_context_cost_per_query")
    if isinstance(searches, dict) and isinstance(searches.get("search_context_size_medium"), (int, float)):
        found["per_search"] = number(searches["search_context_size_medium"])
    if not by_token and isinstance(entry.get("input_cost_per_second"), (int, float)):
        # With prices of tokens beside it, this one is what those come to.
        found["per_second"] = number(entry["input_cost_per_second"])
    if not any(found.values()):
        # Free models of the list are mostly models whose price nobody has entered.
        return None
    found = {"input_per_million": 0, "output_per_million": 0} | found
    if above := steps(entry, ""):
        found["above"] = above
    tiers = {}
    for tier in TIERS:
        changes = prices(entry, f"_{tier}")
        if above := steps(entry, f"_{tier}"):
            changes["above"] = above
        if changes:
            tiers[tier] = changes
    if tiers:
        found["tiers"] = tiers
    return found


def sized(key, entry):
    """An image's model, quality (or none) and size, and its price, of an entry that is for one size alone."""
    parts = key.split("/")
    at = next((at for at, part in enumerate(parts) if re.fullmatch(r"\d+-x-\d+", part)), None)
    if at is None:
        return None
    quality = next(iter(part for part in parts[:at] if part not in VENDORS), None)
    width, height = (int(side) for side in parts[at].split("-x-"))
    price = entry.get("output_cost_per_image") or entry.get("input_cost_per_image")
    price = price or entry.get("input_cost_per_pixel", 0) * width * height
    return "/".join(parts[at + 1 :]).lower(), quality, f"{width}x{height}", number(round(price, 6))


def add_sizes(lines, sizes):
    """Adds the prices of images by quality and size to the models that have none by the token."""
    for key, prices in sizes.items():
        known = lines.setdefault(key, {})
        pricing = known.setdefault("pricing", {"input_per_million": 0, "output_per_million": 0})
        if any(name in pricing and pricing[name] for name in PER_TOKEN.values()):
            continue
        images = {}
        for (quality, size), price in sorted(prices.items(), key=lambda item: (item[0][0] or "", item[0][1])):
            images[f"{quality}/{size}" if quality else size] = price
            if quality and size == USUAL_SIZE:
                images[quality] = price
            if quality in USUAL_QUALITIES and (None, size) not in prices:
                images[size] = price
        usual = [images[name] for name in [USUAL_SIZE, *USUAL_QUALITIES] if name in images]
        pricing.setdefault("per_image", usual[0] if usual else max(images.values()))
        pricing["images"] = images


def model_name(key, vendor_in_list):
    """The model's name at its vendor: the list often has the vendor's in front."""
    first, _, rest = key.partition("/")
    return rest if rest and first in {vendor_in_list, VENDORS.get(vendor_in_list), "vertex_ai", "azure_ai"} else key


def line(key, entry):
    """What the catalogue has of a model, behind its key; none for what is left out."""
    vendor_in_list = entry.get("litellm_provider")
    vendor = VENDORS.get(vendor_in_list)
    if vendor is None:
        return None
    known = {}
    for theirs, ours in [("max_input_tokens", "context"), ("max_output_tokens", "max_output")]:
        value = entry.get(theirs)
        if isinstance(value, int) and value > 0:
            known[ours] = value
    if found := pricing(entry):
        known["pricing"] = found
    name = model_name(key, vendor_in_list).lower()
    if "pricing" not in known or not re.fullmatch(r"[!-~]+", name):
        return None
    return (vendor, name), known


def fetch(version, folder):
    wanted = f"litellm=={version}" if version else "litellm"
    command = [sys.executable, "-m", "pip", "download", wanted, "--no-deps", "--quiet", "--dest", folder]
    subprocess.run(command, check=True)
    wheel = next(Path(folder).glob("litellm-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return wheel.name.split("-")[1], json.loads(archive.read(LIST))


def main():
    with tempfile.TemporaryDirectory() as folder:
        version, models = fetch(sys.argv[1] if len(sys.argv) > 1 else None, folder)
    lines, sizes = {}, {}
    for key, entry in models.items():
        # Prices by the steps of a diffusion are for no size that a request names.
        if not isinstance(entry, dict) or "-steps/" in key:
            continue
        if not (image := sized(key, entry)):
            lines.update([found] if (found := line(key, entry)) else [])
        elif (vendor := VENDORS.get(entry.get("litellm_provider"))) and image[3]:
            name, quality, size, price = image
            sizes.setdefault((vendor, name), {})[quality, size] = price
    add_sizes(lines, sizes)
    out = Path(__file__).with_name("models.tsv")
    with out.open("w") as file:
        file.write(f"# From litellm {version} (MIT, Copyright (c) 2023 Berri AI), {date.today()}. Made by make.py.\n")
        for host, vendor in sorted(HOSTS.items()):
            file.write(f"@{host}\t{vendor}\n")
        for (vendor, name), known in sorted(lines.items()):
            file.write(f"{vendor}\t{name}\t{json.dumps(known, separators=(',', ':'))}\n")
    print(f"{len(lines)} models of {len({vendor for vendor, _ in lines})} vendors, from litellm {version}")


if __name__ == "__main__":
    main()
