import "../elements/breakout-producer.js";
import { showElement } from "./element_page.js";

showElement("event");
