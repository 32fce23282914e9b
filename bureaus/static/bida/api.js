// Shows the OpenAPI document. Nothing is fetched from elsewhere: no validator, no query configuration.
const page = document.getElementById("api");
window.SwaggerUIBundle({
  domNode: page,
  url: page.dataset.document,
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: true,
  persistAuthorization: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});
