// Helps for people who work here all day. Every page does the same without them.
import { beside } from "./beside.js";
import { bulk } from "./bulk.js";
import { commands } from "./commands.js";
import { composing } from "./composing.js";
import { keepingReplies } from "./drafts.js";
import { editing } from "./editing.js";
import { keys } from "./keys.js";
import { presence } from "./presence.js";
import { suggestions } from "./suggestions.js";

commands();
beside();
document.querySelectorAll("[data-reply-draft]").forEach(keepingReplies);
document.querySelectorAll("[data-composer]").forEach(composing);
document.querySelectorAll("[data-presence]").forEach(presence);
document.querySelectorAll("[data-bulk]").forEach(bulk);
document.querySelectorAll("[data-editor]").forEach(editing);
keys(suggestions());
