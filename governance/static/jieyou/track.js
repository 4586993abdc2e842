/* Progress page: a printed or scanned address carries the query code behind "#", where no server
   log sees it. Take it out of the address and send it through the page's own form. */
(function () {
  "use strict";
  var form = document.getElementById("track-form");
  var code = location.hash.slice(1).replace(/%20|\+/g, " ").trim();
  if (!form || !/^[0-9A-Za-z -]{6,40}$/.test(code)) return;
  form.elements.code.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  form.submit();
})();
