/* Comforts on top of pages that work without this file. Words come from data attributes in the
   page, so they are in the reader's language. Nothing here writes a style attribute. */
(function () {
  "use strict";
  var SEND_AGAIN_MS = 15000; // a request that hangs longer may be sent again; the server knows its key

  document.documentElement.classList.add("js");

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  /* A second press must not send a form twice. The buttons are switched off only after the
     browser has collected the fields, so the pressed button's name and value go along. */
  function release(form) {
    form.removeAttribute("aria-busy");
    all("button[data-off]", form).forEach(function (button) {
      button.disabled = false;
      button.removeAttribute("data-off");
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-repeat")) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    setTimeout(function () {
      all("button:not([disabled])", form).forEach(function (button) {
        button.disabled = true;
        button.setAttribute("data-off", "");
      });
    }, 0);
    setTimeout(release, SEND_AGAIN_MS, form);
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) all("form[aria-busy]").forEach(release);
  });

  /* Chosen photos, shown before they are sent. */
  all("[data-preview-for]").forEach(function (box) {
    var input = document.getElementById(box.getAttribute("data-preview-for"));
    if (!input) return;
    input.addEventListener("change", function () {
      all("img", box).forEach(function (old) { URL.revokeObjectURL(old.src); });
      box.textContent = "";
      Array.prototype.forEach.call(input.files, function (file) {
        if (file.type.indexOf("image/") !== 0) return;
        var image = document.createElement("img");
        image.className = "thumb";
        image.alt = file.name;
        image.src = URL.createObjectURL(file);
        box.appendChild(image);
      });
    });
  });

  /* How much may still be written; shown from three quarters on, so that it never nags. */
  all("[data-count]").forEach(function (line) {
    var input = document.getElementById(line.getAttribute("data-count"));
    if (!input || input.maxLength < 1) return;
    function show() {
      var used = input.value.length;
      line.hidden = used < input.maxLength * 0.75;
      line.textContent = line.getAttribute("data-words").replace("{n}", input.maxLength - used);
    }
    input.addEventListener("input", show);
    show();
  });

  /* Buttons that need a script are hidden in the page and shown here. */
  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  all("[data-copy]").forEach(function (button) {
    var source = document.querySelector(button.getAttribute("data-copy"));
    if (!source) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      function done() { button.textContent = button.getAttribute("data-done") || button.textContent; }
      function select() { // plain HTTP has no clipboard interface
        var range = document.createRange();
        range.selectNodeContents(source);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        if (document.execCommand("copy")) done();
      }
      if (navigator.clipboard) navigator.clipboard.writeText(source.textContent.trim()).then(done, select);
      else select();
    });
  });

  /* Menus of the header close by Escape and by a press elsewhere. */
  document.addEventListener("click", function (event) {
    all("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    all("details[data-menu][open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* A link to a field inside a closed optional part opens that part. */
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
  }
  window.addEventListener("hashchange", reveal);
  reveal();
  all("details").forEach(function (part) {
    if (part.querySelector(".f.err")) part.open = true;
  });

  /* Work that goes on while the page is open: look again, but never under somebody's hands. */
  all("[data-again]").forEach(function (part) {
    setInterval(function () {
      var busy = document.activeElement && document.activeElement !== document.body;
      if (!document.hidden && !busy) location.reload();
    }, 1000 * part.getAttribute("data-again"));
  });

  var summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
})();
