// Everything here is a help on top of pages that work without it. Each module minds one kind of element.
import { completing } from "./complete.js";
import { offering } from "./offers.js";
import { keepingDrafts } from "./drafts.js";
import { focusing, headings, moments, shortcuts } from "./page.js";

focusing();
moments();
headings();
shortcuts();
document.querySelectorAll("[data-complete]").forEach(completing);
document.querySelectorAll("[data-suggest]").forEach(offering);
document.querySelectorAll("[data-draft]").forEach(keepingDrafts);
