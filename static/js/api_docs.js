// Shows the OpenAPI document that the page names; nothing is loaded from elsewhere.
"use strict";

const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
});
